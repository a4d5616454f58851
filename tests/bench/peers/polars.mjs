// node polars.mjs JOB FILE: the jobs in polars, lazily, the columns that are needed only.
import { createRequire } from 'node:module';
import path from 'node:path';
const require = createRequire(path.resolve(process.env.NPM_DIR || '.', 'x.js'));
const module = require('nodejs-polars');
const pl = module.default ?? module;
const [job, file] = process.argv.slice(2);
const frame = pl.scanCSV(file, { inferSchemaLength: 100 });
const c = pl.col;
if (job === 'rates') {
  const r = await frame.select('support', 'site', 'initiated', 'ebf_6m').filter(c('support').isNotNull())
    .groupBy(['support', 'site']).agg(c('initiated').count().alias('n1'), c('initiated').sum().alias('x1'),
      c('ebf_6m').count().alias('n2'), c('ebf_6m').sum().alias('x2')).collect();
  for (const [s, t, n1, x1, n2, x2] of r.sort(['support', 'site']).rows())
    console.log([s, t, n1, x1, n2, x2, x1 / n1, x2 / n2].join(','));
} else if (job === 'odds') {
  const r = await frame.select('support', 'site', 'initiated')
    .filter(c('support').isNotNull().and(c('initiated').isNotNull())).groupBy(['site', 'support'])
    .agg(c('initiated').count().alias('n'), c('initiated').sum().alias('x')).collect();
  const tables = {};
  for (const [site, support, n, x] of r.rows()) {
    const t = tables[site] ??= [0, 0, 0, 0], at = support === 'none' ? 2 : 0;
    t[at] += Number(x);
    t[at + 1] += Number(n) - Number(x);
  }
  let above = 0, below = 0;
  for (const [a, b, c, d] of Object.values(tables)) {
    above += a * d / (a + b + c + d);
    below += b * c / (a + b + c + d);
  }
  console.log('Mantel-Haenszel', above / below);
} else {
  process.exit(2);
}
process.exit(0);
