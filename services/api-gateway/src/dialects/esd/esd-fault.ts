import { MeshError } from '@infermesh/errors';

/** A refusal whose shape the error's code does not tell: ESD has two bodies for 401 and answers as 400 what others call 403. */
export class EsdFault extends MeshError {
  readonly by: 'function' | 'gateway';
  readonly answerStatus: number;

  private constructor(by: 'function' | 'gateway', answerStatus: number, message: string) {
    super(answerStatus === 401 ? 'UNAUTHENTICATED' : 'BAD_REQUEST', message);
    this.by = by;
    this.answerStatus = answerStatus;
  }

  /** The token authorizer of 1.4. */
  static unauthorizedByGateway(): EsdFault {
    return new EsdFault('gateway', 401, 'Unauthorized');
  }

  /** The functions of 1.5 and later. */
  static unauthorizedByFunction(): EsdFault {
    return new EsdFault('function', 401, 'Unauthorized');
  }
}
