import { insufficientAccessOnReference, invalidCrossReference } from '../errors.ts';
import { keepPassword, makePassword, mayChangePassword, passwordProblem } from '../passwords.ts';
import { idOfRightShape } from '../writes/id-shape.ts';
import type { SoapCall } from './call.ts';
import { SoapFault } from './faults.ts';
import { textOf } from './read-envelope.ts';
import { result } from './write-results.ts';

export async function setPassword(call: SoapCall): Promise<string> {
  const password = textOf(call.input, 'password') ?? '';
  const problem = passwordProblem(password);
  if (problem !== null) throw new SoapFault('INVALID_NEW_PASSWORD', problem);
  await keep(call, password);
  return result(call, {});
}

export async function resetPassword(call: SoapCall): Promise<string> {
  const password = makePassword();
  await keep(call, password);
  return result(call, { password });
}

async function keep({ org, session, input }: SoapCall, password: string): Promise<void> {
  const id = idOfRightShape(textOf(input, 'userId') ?? '');
  const user = id === null ? null : await org.users.byId(id);
  if (user === null) throw invalidCrossReference();
  if (!mayChangePassword(org, session, user.id)) throw insufficientAccessOnReference();
  await keepPassword(org, session, user.id, password);
}
