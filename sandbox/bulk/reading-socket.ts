import { Socket } from 'node:net';

/** Bytes read at once at most; PostgreSQL sends 8 KB at a time. */
const READ_AT_ONCE = 256 * 1024;

/**
 * A socket that reads into one buffer over and over. Node's own makes a buffer for each read, and the
 * garbage collection of those takes longer than all else that a copy of many rows needs.
 */
export class ReadingSocket extends Socket {
  /** Listeners of `data` get the buffer itself, good until they return; otherwise a copy. */
  lends = false;

  constructor() {
    const self: { socket?: ReadingSocket } = {};
    super({
      onread: {
        buffer: Buffer.allocUnsafe(READ_AT_ONCE),
        callback: (length, buffer) => self.socket!.#give((buffer as Buffer).subarray(0, length)),
      },
    });
    self.socket = this;
  }

  #give(bytes: Buffer): boolean {
    this.emit('data', this.lends ? bytes : Buffer.from(bytes));
    return true;
  }
}
