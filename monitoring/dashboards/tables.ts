import { type Expression, max, over, promql, type SeriesName, sum } from '../rules/expression.ts'
import type { Dashboard } from './draw-dashboard.ts'
import { legendOf, line, named, ratio, stat, table, timeSeries } from './panel.ts'
import { largest, moment, perSecond, selected } from './query.ts'

const TABLE = ['datname', 'schemaname', 'relname'] as const
const INDEX = [...TABLE, 'indexrelname'] as const
const grownWithinADay = (counter: SeriesName) => promql`increase(${over(selected(counter), '24h')})`
const one = (metric: SeriesName) => max(selected(metric), ...TABLE)

/** Both counters end after 2^31. */
const used = (age: Expression) => promql`${age} / 2147483648`

export const tables = (): Dashboard => ({
  uid: 'howdah-tables',
  title: 'Tables and indexes',
  description: 'What takes room, what autovacuum does about dead rows, and what runs out.',
  rows: [
    {
      title: 'Tables',
      panels: [
        table({
          title: 'Largest tables',
          description:
            'Sizes are those of the last VACUUM or ANALYZE. Dead rows are estimates of the server.',
          labels: ['instance', ...TABLE],
          columns: [
            {
              title: 'Table',
              unit: 'bytes',
              expression: largest(50, one('pg_stat_user_tables_table_size_bytes')),
            },
            { title: 'Indexes', unit: 'bytes', expression: one('pg_stat_user_tables_index_size_bytes') },
            { title: 'Rows', unit: 'count', expression: one('pg_stat_user_tables_n_live_tup') },
            { title: 'Dead rows', unit: 'count', expression: one('pg_stat_user_tables_n_dead_tup') },
            {
              title: 'Autovacuum',
              unit: 'moment',
              expression: promql`${moment(one('pg_stat_user_tables_last_autovacuum'))} > 0`,
            },
          ],
          sortedBy: 'Table',
        }),
        timeSeries({
          title: 'Rows written',
          description: 'Inserted, updated and deleted; each update and delete leaves a dead row.',
          unit: 'perSecond',
          lines: (
            [
              ['inserted', 'pg_stat_user_tables_n_tup_ins'],
              ['updated', 'pg_stat_user_tables_n_tup_upd'],
              ['updated in place', 'pg_stat_user_tables_n_tup_hot_upd'],
              ['deleted', 'pg_stat_user_tables_n_tup_del'],
            ] as const
          ).map(([name, metric]) => ({
            expression: sum(perSecond(selected(metric))),
            legend: `${name} {{instance}}`,
          })),
        }),
        timeSeries({
          title: 'Rows read by sequential scans',
          description: 'Of large tables these are queries without an index.',
          unit: 'perSecond',
          lines: [
            {
              expression: largest(
                10,
                sum(perSecond(selected('pg_stat_user_tables_seq_tup_read')), 'datname', 'relname'),
              ),
              legend: legendOf(['datname', 'relname']),
            },
          ],
        }),
      ],
    },
    {
      title: 'Dead rows and VACUUM',
      panels: [
        timeSeries({
          title: 'Dead rows, share of each table',
          description: 'Of the tables with most of them. Queries read them and throw them away.',
          unit: 'ratio',
          lines: [
            {
              expression: largest(
                10,
                ratio(
                  one('pg_stat_user_tables_n_dead_tup'),
                  promql`(${one('pg_stat_user_tables_n_dead_tup')} + ${one('pg_stat_user_tables_n_live_tup')})`,
                ),
              ),
              legend: legendOf(TABLE),
            },
          ],
          limits: [{ alert: 'PgDeadTuples', at: 'deadTuplesRatio' }],
          most: 1,
        }),
        timeSeries({
          title: 'Changed since the last ANALYZE, share of each table',
          description: 'Of the tables with most changes. The planner decides by what was true before them.',
          unit: 'ratio',
          lines: [
            {
              expression: largest(
                10,
                ratio(one('pg_stat_user_tables_n_mod_since_analyze'), one('pg_stat_user_tables_n_live_tup')),
              ),
              legend: legendOf(TABLE),
            },
          ],
          limits: [{ alert: 'PgTableNotAnalyzed', at: 'changedRowsShare' }],
        }),
        timeSeries({
          title: 'Tables autovacuum has reason to vacuum',
          description: 'Many for long, with every worker busy: it does not keep up.',
          unit: 'count',
          lines: [{ expression: sum(selected('pg_autovacuum_tables_due')), legend: '{{instance}}' }],
          limits: [{ alert: 'PgAutovacuumBehind', at: 'autovacuumTablesDue' }],
        }),
        timeSeries({
          title: 'Autovacuum workers',
          description: 'At work, and how many there can be.',
          unit: 'count',
          lines: [
            named('at work', line('pg_autovacuum_workers_running')),
            named('at most', line('pg_autovacuum_workers_max')),
          ],
          limits: [{ alert: 'PgAutovacuumBehind' }],
        }),
        timeSeries({
          title: 'Vacuums under way',
          description: 'Share of the table scanned so far.',
          unit: 'ratio',
          lines: [
            {
              expression: ratio(
                max(selected('pg_stat_progress_vacuum_heap_blks_scanned'), ...TABLE, 'phase'),
                max(selected('pg_stat_progress_vacuum_heap_blks_total'), ...TABLE, 'phase'),
              ),
              legend: legendOf(['relname', 'phase']),
            },
          ],
          most: 1,
        }),
      ],
    },
    {
      title: 'What runs out',
      panels: [
        timeSeries({
          title: 'Transaction ids used up',
          description:
            'Of the 2^31 there are, transactions and multixacts. Before 1 the server refuses every write.',
          unit: 'ratio',
          lines: [
            named('transactions', {
              ...line('pg_database_xid_age', 'datname'),
              expression: used(max(selected('pg_database_xid_age'), 'datname')),
            }),
            named('multixacts', {
              ...line('pg_database_mxid_age', 'datname'),
              expression: used(max(selected('pg_database_mxid_age'), 'datname')),
            }),
          ],
          limits: [
            { alert: 'PgXidWraparound', at: 'wraparound' },
            { alert: 'PgXidWraparoundCritical', at: 'wraparoundCritical' },
          ],
        }),
        timeSeries({
          title: 'Age against autovacuum_freeze_max_age',
          description:
            'From 1 on autovacuum freezes whether it is on or not; well above it does not get through.',
          unit: 'ratio',
          lines: [line('pg_autovacuum_freeze_max_age_ratio', 'datname')],
          limits: [
            { alert: 'PgFreezeOverdue', at: 'freezeOverdue' },
            { alert: 'PgFreezeOverdueCritical', at: 'freezeOverdueCritical' },
          ],
        }),
        timeSeries({
          title: 'Oldest tables, against autovacuum_freeze_max_age',
          description:
            'Age of the oldest transaction id that is not frozen, TOAST included: these hold their database back. System catalogues count.',
          unit: 'ratio',
          lines: [
            {
              expression: largest(
                10,
                promql`${one('pg_table_xid_age')} / on (job, instance) group_left () ${max(selected('pg_settings_autovacuum_freeze_max_age'))}`,
              ),
              legend: legendOf(TABLE),
            },
          ],
          limits: [{ alert: 'PgFreezeOverdue' }],
        }),
        timeSeries({
          title: 'Sequences used up',
          description:
            'Of the sequence or of the column it feeds, whichever ends first; the fullest above 0.3.',
          unit: 'ratio',
          lines: [line('pg_sequence_used_ratio', 'datname', 'schemaname', 'sequencename')],
          limits: [
            { alert: 'PgSequenceExhaustion', at: 'sequenceUsed' },
            { alert: 'PgSequenceExhaustionCritical', at: 'sequenceUsedCritical' },
          ],
          most: 1,
        }),
        stat({
          title: 'Sequences nobody may read',
          description: 'Nothing is known of them: the role that monitors has no SELECT on them.',
          unit: 'count',
          lines: [line('pg_sequence_unreadable_count', 'datname')],
          limits: [{ alert: 'PgSequenceUnreadable', at: 0 }],
        }),
        stat({
          title: 'Autovacuum switched off',
          description: 'Tables it is switched off for: somebody else has to vacuum them.',
          unit: 'count',
          lines: [line('pg_autovacuum_tables_disabled', 'datname')],
        }),
      ],
    },
    {
      title: 'Indexes',
      panels: [
        table({
          title: 'Use of the largest indexes',
          description:
            'Looked at every five minutes, on this server alone: a replica counts its own scans. An index that enforces a constraint is needed without any.',
          labels: ['instance', ...TABLE, 'indexrelname'],
          columns: [
            {
              title: 'Scans within a day',
              unit: 'count',
              expression: promql`round(${sum(grownWithinADay('pg_stat_user_indexes_idx_scan_total'), ...INDEX)})`,
            },
            {
              title: 'Entries read within a day',
              unit: 'count',
              expression: promql`round(${sum(grownWithinADay('pg_stat_user_indexes_idx_tup_read_total'), ...INDEX)})`,
            },
            {
              title: 'Last scan',
              unit: 'moment',
              expression: moment(
                max(selected('pg_stat_user_indexes_last_idx_scan_timestamp_seconds'), ...INDEX),
              ),
            },
          ],
          sortedBy: 'Scans within a day',
        }),
        table({
          title: 'Invalid indexes',
          description: 'What a failed concurrent build left: written with every row, used by no query.',
          labels: ['instance', ...TABLE, 'indexrelname'],
          columns: [
            {
              title: 'Invalid',
              unit: 'yesNo',
              expression: max(selected('pg_index_invalid'), ...TABLE, 'indexrelname'),
              limits: [{ alert: 'PgIndexInvalid', at: 1 }],
            },
          ],
        }),
        timeSeries({
          title: 'Unused indexes, share of the database',
          description: 'Not scanned on this server since its statistics began; a replica may use them.',
          unit: 'ratio',
          lines: [
            {
              expression: ratio(
                sum(selected('pg_index_unused_bytes'), 'datname'),
                max(selected('pg_database_size_bytes'), 'datname'),
              ),
              legend: legendOf(['datname']),
            },
          ],
          limits: [{ alert: 'PgIndexUnusedLarge', at: 'unusedIndexShare' }],
        }),
        timeSeries({
          title: 'Indexes that are there twice',
          description: 'Groups of equal indexes of one table.',
          unit: 'count',
          lines: [line('pg_index_duplicate_groups', 'datname')],
          limits: [{ alert: 'PgIndexDuplicate', at: 0 }],
        }),
        timeSeries({
          title: 'Index builds under way',
          description: 'Share of the present phase.',
          unit: 'ratio',
          lines: [line('pg_index_create_progress_ratio', 'datname', 'relname', 'phase')],
          most: 1,
        }),
      ],
    },
  ],
})
