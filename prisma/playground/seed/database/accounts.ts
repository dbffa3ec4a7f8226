/** How the accounts a seed makes are told from those of real people. `.example` belongs to nobody (RFC 2606). */

/** The administrator's username, after the document. */
export const ADMINISTRATOR = 'admin'

/** The domain of demo users' e-mail addresses. */
export const DEMO_DOMAIN = 'demo.example'

/** The domain of the e-mail addresses of a load's users. */
export const LOAD_DOMAIN = 'load.example'
