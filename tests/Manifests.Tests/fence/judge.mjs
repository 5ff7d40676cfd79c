// Reads { spec, cases: [{ user, subResource, oldObject, object }] } and answers, for each case, null where the policy does not match, else the messages
// of the validations that deny. What can not be evaluated denies too, as `failurePolicy: Fail` does.
import { run } from '@bufbuild/cel';
import { readFileSync } from 'node:fs';

const { spec, cases } = JSON.parse(readFileSync(0, 'utf8'));

const value = (json) =>
  Array.isArray(json) ? json.map(value)
  : json !== null && typeof json === 'object' ? new Map(Object.entries(json).map(([key, child]) => [key, value(child)]))
  : typeof json === 'number' ? BigInt(json)
  : json;

function judge({ user, subResource, oldObject, object }) {
  const given = { object: value(object), oldObject: value(oldObject), request: value({ userInfo: { username: user }, subResource }) };
  if (!spec.matchConditions.every(({ expression }) => run(expression, given) === true)) return null;
  const variables = new Map();
  for (const { name, expression } of spec.variables) variables.set(name, run(expression, { ...given, variables }));
  return spec.validations
    .map(({ message, expression }) => [message, run(expression, { ...given, variables })])
    .filter(([, verdict]) => verdict !== true)
    .map(([message, verdict]) => (verdict === false ? message : `${message}: ${verdict}`));
}

process.stdout.write(JSON.stringify(cases.map(judge)));
