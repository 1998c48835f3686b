package org.deepgm.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.deepgm.math.RandomStream;

/** Seeded changes of bytes: flipped, set, cut, repeated, mixed, numbers at their ends. */
public final class Mutator {
  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    2,
    7,
    8,
    16,
    127,
    128,
    255,
    256,
    1000,
    32767,
    32768,
    65535,
    65536,
    1 << 20,
    1 << 24,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    Long.MAX_VALUE
  };

  private static final String[] WORDS = {
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "2147483647",
    "2147483648",
    "99999999999999999999",
    "1e400",
    "1e-400",
    "NaN",
    "Infinity",
    "-0.0",
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "\n",
    "\t",
    " ",
    "(",
    ")",
    "((((((((",
    "))))",
    "${a}",
    "include \"x\"",
    "..",
    "/",
    "\u0000",
    "\u202e",
    "#",
    "\"",
    "\\"
  };

  private Mutator() {}

  /** A changed copy. */
  public static byte[] mutate(byte[] seed, List<byte[]> others, RandomStream random) {
    byte[] file = seed.clone();
    for (int n = 1 + random.nextInt(random.nextInt(4) == 0 ? 12 : 3); n > 0; n--) {
      file = once(file, others, random);
    }
    return file;
  }

  private static byte[] once(byte[] b, List<byte[]> others, RandomStream random) {
    if (b.length == 0) {
      return new byte[] {(byte) random.nextInt(256)};
    }
    int at = random.nextInt(b.length);
    switch (random.nextInt(10)) {
      case 0 -> b[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> b[at] = (byte) random.nextInt(256);
      case 2 -> {
        return Arrays.copyOf(b, at);
      }
      case 3 -> {
        int end = Math.min(b.length, at + 1 + random.nextInt(16));
        return join(Arrays.copyOf(b, at), Arrays.copyOfRange(b, end, b.length));
      }
      case 4 -> {
        int end = Math.min(b.length, at + 1 + random.nextInt(32));
        byte[] part = Arrays.copyOfRange(b, at, end);
        return join(join(Arrays.copyOf(b, end), part), Arrays.copyOfRange(b, end, b.length));
      }
      case 5 -> {
        byte[] other = others.get(random.nextInt(others.size()));
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        return join(Arrays.copyOf(b, at), Arrays.copyOfRange(other, from, other.length));
      }
      case 6 -> {
        String word = WORDS[random.nextInt(WORDS.length)];
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int end = Math.min(b.length, at + random.nextInt(4));
        return join(join(Arrays.copyOf(b, at), bytes), Arrays.copyOfRange(b, end, b.length));
      }
      default -> number(b, at, random);
    }
    return b;
  }

  /** Writes a number of 1, 2, 4 or 8 bytes over what is there, either end first. */
  private static void number(byte[] b, int at, RandomStream random) {
    int size = 1 << random.nextInt(4);
    long value = NUMBERS[random.nextInt(NUMBERS.length)];
    boolean big = random.nextInt(2) == 0;
    for (int i = 0; i < size && at + i < b.length; i++) {
      b[at + i] = (byte) (value >> 8 * (big ? size - 1 - i : i));
    }
  }

  static byte[] join(byte[] a, byte[] b) {
    byte[] out = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, out, a.length, b.length);
    return out;
  }
}
