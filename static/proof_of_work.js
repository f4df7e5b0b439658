// The work that static/answer.js asks for: finds a number that makes SHA-256("key:number") begin with zero bits.
// In plain JavaScript, because a page that is not reached over https is given no crypto.subtle.
"use strict";

// The first 32 bits of the fractional parts of the square and cube roots of the first primes (FIPS 180-4, 5.3.3, 4.2.2).
const primes = [];
for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
const fraction = (value) => Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
const START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const ROUND = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const turn = (x, by) => (x >>> by) | (x << (32 - by));

const words = new Int32Array(64);

// One block of 64 bytes, as 16 words in `words`, worked into the state (FIPS 180-4, 6.2.2).
function compress(state) {
  for (let t = 16; t < 64; t += 1) {
    const early = words[t - 15];
    const late = words[t - 2];
    const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    words[t] = (words[t - 16] + low + words[t - 7] + high) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[t] + words[t]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

// The first 32 bits of the hash of a text of ASCII characters.
function firstBits(text) {
  const state = START.slice();
  const blocks = Math.ceil((text.length + 9) / 64);
  for (let block = 0; block < blocks; block += 1) {
    words.fill(0, 0, 16);
    for (let i = 0; i < 64; i += 1) {
      const at = block * 64 + i;
      const byte = at < text.length ? text.charCodeAt(at) : at === text.length ? 128 : 0;
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
  while (firstBits(key + ":" + number) >>> (32 - bits) !== 0) number += 1;
  postMessage(String(number));
};
