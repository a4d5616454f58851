// node duckdb.mjs JOB FILE: the jobs in DuckDB, told the types, so that it neither sniffs nor guesses.
import { createRequire } from 'node:module';
import path from 'node:path';
const require = createRequire(path.resolve(process.env.NPM_DIR || '.', 'x.js'));
const { DuckDBInstance } = require('@duckdb/node-api');
const [job, file] = process.argv.slice(2);
const db = await (await DuckDBInstance.create(':memory:')).connect();
const ask = async sql => (await db.runAndReadAll(sql)).getRows();
const types = `id BIGINT, site TINYINT, stratum TINYINT, cluster SMALLINT, weight DOUBLE, support VARCHAR,
  prenatal TINYINT, maternal_age TINYINT, parity TINYINT, education VARCHAR, smoker TINYINT, cesarean TINYINT,
  bmi FLOAT, initiated TINYINT, ebf_discharge TINYINT, ebf_1m TINYINT, ebf_3m TINYINT, ebf_6m TINYINT,
  any_6m TINYINT, bf_duration_days SMALLINT, weaned TINYINT, epds TINYINT`;
const columns = types.split(',').map(c => c.trim().split(/\s+/)).map(([n, t]) => `${n}:'${t}'`).join(',');
const source = `read_csv('${file}', columns={${columns}}, header=true, delim=',', quote='"', escape='"',
  auto_detect=false)`;
await db.run('set preserve_insertion_order=false');
if (job === 'rates') {
  const wilson = (x, n) => `(${x}/${n} + 1.9207294/${n} - 1.959963985 * sqrt((${x}/${n}) * (1 - ${x}/${n})/${n}
    + 3.8414588/(4*${n}*${n}))) / (1 + 3.8414588/${n})`;
  console.log(await ask(`with t as (select support, site, count(initiated) n1, sum(initiated) x1, count(ebf_6m) n2,
    sum(ebf_6m) x2 from ${source} where support is not null group by all)
    select *, x1/n1, ${wilson('x1', 'n1')}, x2/n2, ${wilson('x2', 'n2')} from t order by support, site`));
} else if (job === 'odds') {
  console.log(await ask(`with t as (select site, count(*) filter (support <> 'none' and initiated = 1) a,
    count(*) filter (support <> 'none' and initiated = 0) b, count(*) filter (support = 'none' and initiated = 1) c,
    count(*) filter (support = 'none' and initiated = 0) d from ${source}
    where support is not null and initiated is not null group by site)
    select sum(a)*sum(d)/(sum(b)*sum(c)), sum(a*d/(a+b+c+d))/sum(b*c/(a+b+c+d)) from t`));
} else {
  process.exit(2);
}
process.exit(0);
