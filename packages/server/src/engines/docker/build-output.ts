// What a build prints: the classic builder as text, BuildKit as protobuf messages in base64.
import { fieldsOf, textOf } from './protobuf.ts';

/** One line of the answer to `POST /build`. */
export interface BuildEvent {
  stream?: string;
  status?: string;
  id?: string;
  progressDetail?: { current?: number };
  aux?: string | { ID?: string };
  error?: string;
  errorDetail?: { message: string };
}

export interface Step {
  number: number;
  total: number;
  text: string;
}

/** `Step 3/9 : RUN make` */
export function classicStep(text: string): Step | undefined {
  const { number, total, rest } = /^Step (?<number>\d+)\/(?<total>\d+) : (?<rest>[^\n]*)/.exec(text)?.groups ?? {};
  return number && total ? { number: Number(number), total: Number(total), text: rest ?? '' } : undefined;
}

/** `[2/4] RUN make` or `[stage-1 2/4] RUN make` */
export function buildKitStep(name: string): Step | undefined {
  const { number, total, rest } = /^\[(?:\S+ )?(?<number>\d+)\/(?<total>\d+)\] (?<rest>.*)/s.exec(name)?.groups ?? {};
  return number && total ? { number: Number(number), total: Number(total), text: rest ?? '' } : undefined;
}

/**
 * Follows BuildKit's status messages (moby/buildkit, api/services/control/control.proto: StatusResponse 1 vertexes,
 * 3 logs; Vertex 1 digest, 3 name, 4 cached, 5 started, 6 completed, 7 error; VertexLog 1 vertex, 4 msg) and yields text
 * as `docker build --progress=plain` would: each step's name once, then what it prints.
 */
export class BuildKitOutput {
  #started = new Set<string>();
  #ended = new Set<string>();

  *take(base64: string): Generator<{ text: string; step?: Step }> {
    for (const [field, value] of fieldsOf(Buffer.from(base64, 'base64'))) {
      if (field === 1 && Buffer.isBuffer(value)) yield* this.#vertex(new Map(fieldsOf(value)));
      if (field === 3 && Buffer.isBuffer(value)) yield { text: textOf(new Map(fieldsOf(value)).get(4)) };
    }
  }

  *#vertex(vertex: Map<number, Buffer | bigint>): Generator<{ text: string; step?: Step }> {
    const digest = textOf(vertex.get(1));
    const name = textOf(vertex.get(3));
    if (vertex.has(5) && !this.#started.has(digest)) {
      this.#started.add(digest);
      const step = buildKitStep(name);
      yield { text: `${name}\n`, ...(step ? { step } : {}) };
    }
    if (vertex.has(6) && !this.#ended.has(digest)) {
      this.#ended.add(digest);
      if (vertex.get(4) === 1n) yield { text: 'CACHED\n' };
      if (vertex.has(7)) yield { text: `ERROR: ${textOf(vertex.get(7))}\n` };
    }
  }
}
