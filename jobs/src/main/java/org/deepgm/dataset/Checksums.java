package org.deepgm.dataset;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** A checksum of every record in order, and one of them all. Memory: 4 bytes a record. */
public final class Checksums implements Serializable {
  private static final long serialVersionUID = 1L;
  private int[] values = new int[16];
  private int count;

  /** Adds that of the next record. */
  public void add(int checksum) {
    room(count + 1);
    values[count++] = checksum;
  }

  /** Adds those that another has behind these. */
  public void addAll(Checksums later) {
    room(Math.addExact(count, later.count));
    System.arraycopy(later.values, 0, values, count, later.count);
    count += later.count;
  }

  private void room(int wanted) {
    if (wanted > values.length) {
      int more = (int) Math.min(Integer.MAX_VALUE - 8L, 2L * wanted);
      values = Arrays.copyOf(values, more);
    }
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** SHA-256 of all in order, as a list prints them, in hexadecimal. */
  public String digest() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    digest.update((byte) '[');
    for (int i = 0; i < count; i++) {
      String text = (i == 0 ? "" : ", ") + values[i];
      digest.update(text.getBytes(StandardCharsets.US_ASCII));
    }
    digest.update((byte) ']');
    return HexFormat.of().formatHex(digest.digest());
  }
}
