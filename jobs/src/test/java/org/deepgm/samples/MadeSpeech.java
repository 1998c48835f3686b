package org.deepgm.samples;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deepgm.math.RandomStream;

/** Speech that is made: every letter is a noisy pattern of some frames. */
public final class MadeSpeech {
  private static final String[] WORDS = {"ab", "ba", "cab", "abc"};

  private MadeSpeech() {}

  /** Writes a table and its files: DATA/NAME.tsv, columns utt and text. */
  public static void table(Path data, String name, int count) throws IOException {
    RandomStream random = RandomStream.of(RandomStream.key(name));
    StringBuilder rows = new StringBuilder("utt\ttext\n");
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder(WORDS[random.nextInt(4)]);
      for (int w = random.nextInt(3); w > 0; w--) {
        text.append(' ').append(WORDS[random.nextInt(4)]);
      }
      String id = name + "-" + i;
      Files.write(data.resolve(id + ".mfc"), speech(text.toString(), random));
      rows.append(id).append('\t').append(text).append('\n');
    }
    Files.writeString(data.resolve(name + ".tsv"), rows);
  }

  /** Four to seven frames a letter: channel 2 l is high for letter l, channel 12 for a blank. */
  private static byte[] speech(String text, RandomStream random) {
    List<float[]> frames = new ArrayList<>();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int channel = c == ' ' ? 12 : 2 * (c - 'a');
      for (int n = 4 + random.nextInt(4); n > 0; n--) {
        float[] frame = new float[13];
        for (int k = 0; k < 13; k++) {
          frame[k] = (float) (0.3 * random.nextGaussian() + (k == channel ? 2 : 0));
        }
        frames.add(frame);
      }
    }
    ByteBuffer out = ByteBuffer.allocate(4 + 52 * frames.size()).putInt(13 * frames.size());
    frames.forEach(
        f -> {
          for (float v : f) {
            out.putFloat(v);
          }
        });
    return out.array();
  }
}
