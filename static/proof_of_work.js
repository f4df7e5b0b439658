// Web worker of static/answer.js: finds a number for which SHA-256("key:number") begins with `bits` zero bits.
// SHA-256 is written out here because crypto.subtle is only available on pages served over https.
"use strict";

// The first 32 bits of the fractional parts of the square and cube roots of the first primes (FIPS 180-4, 5.3.3, 4.2.2).
const primes = [];
for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
const fractionBits = (value) => Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
const INITIAL_HASH = Int32Array.from(primes.slice(0, 8), (prime) => fractionBits(Math.sqrt(prime)));
const ROUND_CONSTANTS = Int32Array.from(primes, (prime) => fractionBits(Math.cbrt(prime)));
const rotateRight = (x, bits) => (x >>> bits) | (x << (32 - bits));

const words = new Int32Array(64);

// Updates the hash state with one block of 64 bytes, given as the first 16 entries of `words` (FIPS 180-4, 6.2.2).
function compress(state) {
  for (let t = 16; t < 64; t += 1) {
    const w15 = words[t - 15];
    const w2 = words[t - 2];
    const sigma0 = rotateRight(w15, 7) ^ rotateRight(w15, 18) ^ (w15 >>> 3);
    const sigma1 = rotateRight(w2, 17) ^ rotateRight(w2, 19) ^ (w2 >>> 10);
    words[t] = (words[t - 16] + sigma0 + words[t - 7] + sigma1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t += 1) {
    const sum1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const temp1 = (h + sum1 + ((e & f) ^ (~e & g)) + ROUND_CONSTANTS[t] + words[t]) | 0;
    const sum0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const temp2 = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + temp1) | 0; d = c; c = b; b = a; a = (temp1 + temp2) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

// Returns the first 32 bits of the SHA-256 hash of an ASCII text.
function firstHashWord(text) {
  const state = INITIAL_HASH.slice();
  const blocks = Math.ceil((text.length + 9) / 64);
  for (let block = 0; block < blocks; block += 1) {
    words.fill(0, 0, 16);
    for (let i = 0; i < 64; i += 1) {
      const offset = block * 64 + i;
      const byte = offset < text.length ? text.charCodeAt(offset) : offset === text.length ? 128 : 0;
      words[i >> 2] |= byte << (24 - 8 * (i & 3));
    }
    if (block === blocks - 1) words[15] = text.length * 8;
    compress(state);
  }
  return state[0];
}

onmessage = (event) => {
  const { key, bits } = event.data;
  let number = 0;
  while (firstHashWord(key + ":" + number) >>> (32 - bits) !== 0) number += 1;
  postMessage(String(number));
};
