import { STATUS_CODES } from 'node:http';
import { jsonAnswer, type HttpAnswer } from '@infermesh/http';

/** `{statusCode, data, message}`, what the functions behind ESD's gateway answer (dossier 1). Empty `data` is left out. */
export function functionAnswer(
  status: number,
  data?: object,
  message: string = STATUS_CODES[status] ?? '',
): HttpAnswer {
  return jsonAnswer(status, { statusCode: status, ...(data === undefined ? {} : { data }), message });
}

/** `{message}`, what the gateway itself answers: keys, unknown paths, quotas, timeouts (dossier 1). */
export function gatewayAnswer(status: number, message: string): HttpAnswer {
  return jsonAnswer(status, { message });
}
