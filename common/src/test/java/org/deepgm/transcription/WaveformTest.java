package org.deepgm.transcription;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.deepgm.Cases;
import org.deepgm.fault.RecordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WaveformTest {
  private static byte[] wave(int coding, int channels, int bits, byte[] samples) {
    ByteBuffer out = ByteBuffer.allocate(44 + samples.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes(StandardCharsets.UTF_8))
        .putInt(36 + samples.length)
        .put("WAVEfmt ".getBytes(StandardCharsets.UTF_8))
        .putInt(16);
    out.putShort((short) coding).putShort((short) channels).putInt(8000);
    out.putInt(8000 * channels * bits / 8).putShort((short) (channels * bits / 8));
    out.putShort((short) bits)
        .put("data".getBytes(StandardCharsets.UTF_8))
        .putInt(samples.length)
        .put(samples);
    return out.array();
  }

  private static float[] read(int coding, int channels, int bits, int channel, int... samples) {
    byte[] bytes = new byte[samples.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) samples[i];
    }
    return Waveform.read(wave(coding, channels, bits, bytes), channel, "x").samples();
  }

  /** Values of ITU-T G.711, tables 1 and 2, in steps of 16 bits. */
  @Test
  void everyCodingGivesStepsOf16Bits() {
    assertArrayEquals(new float[] {-32768, 0, 32512}, read(1, 1, 8, 0, 0, 128, 255));
    assertArrayEquals(new float[] {1, -1}, read(1, 1, 16, 0, 1, 0, 0xFF, 0xFF));
    assertArrayEquals(new float[] {1, -0.5f}, read(1, 1, 24, 0, 0, 1, 0, 0x80, 0xFF, 0xFF));
    assertArrayEquals(new float[] {1}, read(1, 1, 32, 0, 0, 0, 1, 0));
    assertArrayEquals(new float[] {16384}, read(3, 1, 32, 0, 0, 0, 0, 0x3F));
    assertArrayEquals(new float[] {-32124, 32124, 0, 8}, read(7, 1, 8, 0, 0x00, 0x80, 0xFF, 0xFE));
    assertArrayEquals(new float[] {8, -8, 32256, -32256}, read(6, 1, 8, 0, 0xD5, 0x55, 0xAA, 0x2A));
  }

  @Test
  void aChannelIsChosen() {
    assertArrayEquals(new float[] {2, 4}, read(1, 2, 16, 2, 1, 0, 2, 0, 3, 0, 4, 0));
    RecordException e = assertThrows(RecordException.class, () -> read(1, 2, 16, 0, 1, 0, 2, 0));
    assertTrue(e.getMessage().contains("transcription.channel"), e.getMessage());
    assertThrows(RecordException.class, () -> read(1, 2, 16, 3, 1, 0, 2, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0x7FFFF000, 0})
  void filesOfAPipeAreReadToTheirEnd(int length) {
    byte[] file = wave(1, 1, 16, new byte[] {1, 0, 2, 0});
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(40, length).putInt(4, -1);
    assertArrayEquals(new float[] {1, 2}, Waveform.read(file, 0, "x").samples());
  }

  @ParameterizedTest
  @CsvSource({"ffpipe.wav", "ffdata.wav", "zerolen.wav", "ext.wav", "fff32.wav", "ffs24.wav"})
  void reportedFilesAreRead(String name) throws IOException {
    Waveform wave =
        Waveform.read(Files.readAllBytes(Cases.folder("speech").resolve(name)), 0, name);
    assertEquals(8000, wave.rate());
    assertTrue(wave.samples().length > 800, "a tenth of a second");
    double most = 0;
    for (float sample : wave.samples()) {
      most = Math.max(most, Math.abs(sample));
    }
    assertTrue(most > 100 && most <= 32768, "loudest " + most);
  }

  @ParameterizedTest
  @CsvSource({
    "nofmt.wav, no chunk fmt",
    "datafirst.wav, no chunk fmt",
    "headonly.wav, no samples",
  })
  void whatIsMissingIsNamed(String name, String what) throws IOException {
    byte[] file = Files.readAllBytes(Cases.folder("speech").resolve(name));
    RecordException e = assertThrows(RecordException.class, () -> Waveform.read(file, 0, name));
    String expected =
        what.equals("no samples")
            ? "samples, found none"
            : "expected a chunk fmt before the samples, found none";
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  /** A tone keeps its height below half the new rate, and is gone above it. */
  @ParameterizedTest
  @CsvSource({"16000, 8000, 440", "44100, 16000, 3000", "8000, 16000, 1000", "48000, 8000, 3300"})
  void resampledTonesAreThoseOfTheNewRate(int from, int to, double hertz) {
    Resampler resampler = new Resampler(from, to);
    float[] out = resampler.apply(tone(hertz, from));
    int half = from / 2;
    assertEquals((int) Math.ceil(half * (double) to / from), out.length);
    float[] expected = tone(hertz, to);
    for (int i = 400; i < out.length - 400; i++) {
      assertEquals(expected[i], out[i], 8, "sample " + i);
    }
  }

  @Test
  void whatTheNewRateCannotHoldIsTakenAway() {
    float[] out = new Resampler(48000, 8000).apply(tone(5000, 48000));
    for (int i = 400; i < out.length - 400; i++) {
      assertEquals(0, out[i], 4, "sample " + i);
    }
  }

  /** Half a second, 8000 high. */
  private static float[] tone(double hertz, int rate) {
    float[] out = new float[rate / 2];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) (8000 * Math.sin(2 * Math.PI * hertz * i / rate));
    }
    return out;
  }
}
