// The child's end of the channel. Facts go out, answers and orders come in; when the channel closes the process goes at
// once, because whatever it did from then on nobody would record.
import { crashPoint } from '../../crash-points.ts';
import type { FactKind, Facts, Order } from '../protocol.ts';

export class ServerLink {
  #epoch = 0;
  #lastId = 0;
  readonly #waiting = new Map<number, (answer: unknown) => void>();

  /** @param onOrder called with every order but the answers to our own facts */
  constructor(onOrder: (order: Exclude<Order, { kind: 'answer' }>) => void) {
    process.on('message', (order: Order) => {
      if (order.kind === 'answer') {
        this.#waiting.get(order.to)?.(order.answer);
        this.#waiting.delete(order.to);
        return;
      }
      if (order.kind === 'start') this.#epoch = order.epoch;
      onOrder(order);
    });
    // Not exit(): that waits for file calls, and those on a dead share never end.
    process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  }

  /** Reports a fact; resolves with the server's answer once the fact is recorded. */
  ask<K extends FactKind>(kind: K, ask: Facts[K]['ask']): Promise<Facts[K]['answer']> {
    const id = ++this.#lastId;
    crashPoint(`fact.${kind}.before`);
    return new Promise((resolve) => {
      const take = (answer: unknown) => (crashPoint(`fact.${kind}.after`), resolve(answer as Facts[K]['answer']));
      this.#waiting.set(id, take);
      process.send?.({ id, epoch: this.#epoch, kind, ask });
    });
  }
}
