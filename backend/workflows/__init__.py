"""Durable workflows: DBOS on the backend's own PostgreSQL, in the schema `dbos`.

Conventions, for whoever writes one:

- A subject's workflows stand in its `workflows.py`: functions of the module, `@DBOS.workflow(name="subject.verb")`,
  and their steps `@DBOS.step(name="subject.verb_step")`. Names are kept in the database: they never change.
- A workflow decides and waits; it reads no clock, no random number, no database and no network of its own. All that is
  in steps. Between the same steps it does the same on every run.
- A step runs at least once. Whatever it does outside carries an idempotency key: a unique row, the sender's key, the
  intent's key. A step that only writes rows does it in one transaction, guarded by the state it expects.
- A step reaches what the process works with by `provided(Kind)`: the objects handed to `Runtime` at start.
- A workflow is asked for in the transaction that makes it necessary: `request(session, queue=…, workflow=…,
  workflow_id=…, arguments=[…])` writes a row, and a worker hands it to DBOS after the commit. The id is derived from
  what it is for and never used again, so asking twice starts one. Arguments and results are JSON: ids, not records,
  and nothing personal, for they are kept.
- What people wait for is a deadline in a row, looked at by a step, with `DBOS.sleep` between looks. A message from
  outside (`DBOS.send`) only wakes a workflow up early; the rows stay the truth.
- Many small things of a kind go through one workflow as a list (decision 0047): a step costs some milliseconds in the
  database, whatever it does.
- A fault that passes (database or chain away) is a step's answer, not its exception: the workflow sleeps and asks
  again. An exception ends the workflow, which is for what a person must look at; `Runtime.failed()` counts them.
- `WORKFLOWS_VERSION` goes up with a change that older workflows cannot finish (a step added, taken away or moved).
  Those begun before are then left to processes of the version before; let them drain, or use `DBOS.patch`.
"""
