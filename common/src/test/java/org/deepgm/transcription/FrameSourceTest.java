package org.deepgm.transcription;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.deepgm.fault.RecordException;
import org.deepgm.math.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sound becomes frames. */
class FrameSourceTest {
  private static final FrameSource SOURCE = new FrameSource(FrameSource.Kind.WAV, 8000, 20);

  /** A WAVE file with a chunk of odd size that nobody knows before the samples. */
  private static byte[] wave(short[] samples, int rate, int channels, int bits) {
    ByteBuffer out =
        ByteBuffer.allocate(44 + 12 + 2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes(StandardCharsets.UTF_8))
        .putInt(48 + 2 * samples.length)
        .put("WAVEfmt ".getBytes(StandardCharsets.UTF_8));
    out.putInt(16).putShort((short) 1).putShort((short) channels).putInt(rate);
    out.putInt(rate * 2).putShort((short) 2).putShort((short) bits);
    out.put("LIST".getBytes(StandardCharsets.UTF_8)).putInt(3).put(new byte[4]);
    out.put("data".getBytes(StandardCharsets.UTF_8)).putInt(2 * samples.length);
    for (short s : samples) {
      out.putShort(s);
    }
    return out.array();
  }

  private static short[] tone(double hertz, int n) {
    short[] samples = new short[n];
    for (int i = 0; i < n; i++) {
      samples[i] = (short) Math.rint(8000 * Math.sin(2 * Math.PI * hertz * i / 8000));
    }
    return samples;
  }

  private static float[] floats(short[] samples) {
    float[] out = new float[samples.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = samples[i];
    }
    return out;
  }

  @ParameterizedTest
  @ValueSource(doubles = {300, 700, 1500, 3000})
  void aToneIsLoudestInTheBandOfItsPitch(double hertz) {
    float[] frames = new LogMel(8000, 20).frames(floats(tone(hertz, 1600)));
    assertEquals(20 * (1 + (1600 - 200) / 80), frames.length);
    double mels = 2595 * Math.log10(1 + hertz / 700);
    double width = 2595 * Math.log10(1 + 4000 / 700.0) / 21;
    for (int t = 0; t < frames.length / 20; t++) {
      int loudest = 0;
      for (int b = 1; b < 20; b++) {
        loudest = frames[20 * t + b] > frames[20 * t + loudest] ? b : loudest;
      }
      assertEquals(mels / width - 1, loudest, 0.75, "band of " + hertz + " Hz");
    }
  }

  /** Against the definition: a naive Fourier sum, filter by filter. */
  @Test
  void energiesAreThoseOfTheDefinition() {
    RandomStream random = RandomStream.of(3);
    short[] samples = new short[280];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) (3000 * random.nextGaussian());
    }
    float[] frames = new LogMel(8000, 20).frames(floats(samples));
    double top = 2595 * Math.log10(1 + 4000 / 700.0);
    for (int t = 0; t < 2; t++) {
      double[] energies = new double[20];
      for (int k = 0; k <= 128; k++) {
        double re = 0;
        double im = 0;
        for (int i = 0; i < 200; i++) {
          int at = 80 * t + i;
          double x = samples[at] - (at > 0 ? 0.97 * samples[at - 1] : 0);
          x *= 0.54 - 0.46 * Math.cos(2 * Math.PI * i / 199);
          re += x * Math.cos(2 * Math.PI * k * i / 256);
          im -= x * Math.sin(2 * Math.PI * k * i / 256);
        }
        double mel = 2595 * Math.log10(1 + k * 8000 / 256.0 / 700);
        for (int b = 0; b < 20; b++) {
          double distance = Math.abs(mel / (top / 21) - (b + 1));
          energies[b] += Math.max(0, 1 - distance) * (re * re + im * im);
        }
      }
      for (int b = 0; b < 20; b++) {
        assertEquals(Math.log(1 + energies[b]), frames[20 * t + b], 1e-5);
      }
    }
  }

  @Test
  void filesAreJoinedWithSilence() {
    short[] a = tone(500, 900);
    short[] b = tone(900, 700);
    short[] joined = new short[900 + 240 + 700];
    System.arraycopy(a, 0, joined, 0, 900);
    System.arraycopy(b, 0, joined, 1140, 700);
    List<byte[]> files = List.of(wave(a, 8000, 1, 16), wave(b, 8000, 1, 16));
    assertArrayEquals(
        new LogMel(8000, 20).frames(floats(joined)), SOURCE.frames(files, 240, List.of("a", "b")));
    float[] silence = SOURCE.frames(List.of(wave(new short[10], 8000, 1, 16)), 0, List.of("s"));
    assertArrayEquals(new float[20], silence);
  }

  @ParameterizedTest
  @CsvSource({
    "16000, 1, 16, 'expected 8000 samples a second (transcription.sample-rate; transcription.resample"
        + " converts), found 16000'",
    "8000, 2, 16, 'expected one channel (transcription.channel chooses one), found 2'",
    "8000, 1, 12, WAVE coding 1 of 12 bits is not supported",
  })
  void otherSoundIsRefused(int rate, int channels, int bits, String message) {
    byte[] file = wave(tone(300, 100), rate, channels, bits);
    RecordException e =
        assertThrows(
            RecordException.class, () -> SOURCE.frames(List.of(file), 0, List.of("x.wav")));
    assertTrue(e.getMessage().startsWith("x.wav: " + message), e.getMessage());
  }

  @Test
  void brokenFilesAreRefused() {
    byte[] good = wave(tone(300, 100), 8000, 1, 16);
    for (int length : new int[] {0, 3, 20, 43, good.length - 1}) {
      byte[] bad = java.util.Arrays.copyOf(good, length);
      assertThrows(
          RecordException.class,
          () -> SOURCE.frames(Collections.singletonList(bad), 0, List.of("x.wav")));
    }
    good[0] = 'X';
    assertThrows(RecordException.class, () -> SOURCE.frames(List.of(good), 0, List.of("x")));
  }
}
