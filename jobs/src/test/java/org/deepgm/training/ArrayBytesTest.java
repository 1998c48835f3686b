package org.deepgm.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.deepgm.math.RandomStream;
import org.deepgm.network.SparseRows;
import org.deepgm.optimizer.MeanGradient;
import org.deepgm.structure.Objective.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArrayBytesTest {
  private static byte[] bytes(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  @SuppressWarnings("unchecked")
  private static <T> T again(T object) throws Exception {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes(object)))) {
      return (T) in.readObject();
    }
  }

  /** Around the pieces of {@link ArrayBytes#PIECE} bytes: 8,192 longs or 16,384 floats. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8191, 8192, 8193, 16_383, 16_384, 16_385, 50_001})
  void arraysComeBackBitByBit(int length) throws Exception {
    RandomStream random = RandomStream.of(length);
    int[] bits = new int[length];
    float[] floats = new float[length];
    long[] longs = new long[length];
    for (int i = 0; i < length; i++) {
      longs[i] = random.nextLong();
      // Any bits; what is no number counts as one number.
      floats[i] = Float.intBitsToFloat((int) random.nextLong());
      bits[i] = Float.floatToIntBits(floats[i]);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      ArrayBytes.write(out, floats);
      ArrayBytes.write(out, longs);
      ArrayBytes.write(out, (long[]) null);
      ArrayBytes.write(out, (float[]) null);
      out.writeInt(7);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      float[] found = ArrayBytes.readFloats(in);
      int[] foundBits = new int[found.length];
      for (int i = 0; i < found.length; i++) {
        foundBits[i] = Float.floatToIntBits(found[i]);
      }
      assertArrayEquals(bits, foundBits);
      assertArrayEquals(longs, ArrayBytes.readLongs(in));
      assertNull(ArrayBytes.readLongs(in));
      assertNull(ArrayBytes.readFloats(in));
      assertEquals(7, in.readInt());
    }
    assertArrayEquals(floats, again(new Parameters(floats)).values());
    int overhead = bytes(new Parameters(floats)).length - 4 * length;
    assertTrue(overhead < 200 + length / 32, overhead + " bytes beside the numbers");
  }

  /** As a task returns them: values, rows and counts. */
  @Test
  void sumsComeBack() throws Exception {
    GradientSum sum = new GradientSum();
    double[] gradient = new double[20_000];
    RandomStream random = RandomStream.of(1);
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = random.uniform(-1, 1);
    }
    SparseRows rows = new SparseRows(3);
    int at = rows.at(7);
    for (int j = 0; j < 3; j++) {
      rows.values()[at + j] = j - 0.5;
    }
    sum.add(gradient, rows, new Outcome(2, 5, 1, true, 0, 0), "a", 2);
    GradientSum found = again(sum);
    MeanGradient expected = sum.meanGradient();
    MeanGradient mean = found.meanGradient();
    assertArrayEquals(expected.dense(), mean.dense());
    assertArrayEquals(expected.rows(), mean.rows());
    assertArrayEquals(expected.values(), mean.values());
    assertEquals(sum.meanLoss(), found.meanLoss());
    assertEquals(5, found.units());
    assertNull(again(new GradientSum()).meanGradient());
    found.merge(again(sum));
    assertEquals(2, found.examples());
    assertArrayEquals(expected.dense(), found.meanGradient().dense());
  }
}
