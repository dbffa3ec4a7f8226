// Pulumi requires a policy pack with an old ts-node in the way, which knows nothing of this TypeScript. From an ES module Node
// reads index.ts by itself.
import './index.ts'
