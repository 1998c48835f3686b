package org.deepgm.text;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import org.deepgm.fault.RecordException;
import org.deepgm.fault.RecordException.Kind;

/**
 * How the bytes of text files become characters. Bytes that are not of the encoding are an error
 * with their place, never replaced; a byte order mark is dropped.
 *
 * @param name of the encoding, as Java knows it
 */
public record TextEncoding(String name) implements Serializable {
  /** What text is written in unless something else is said. */
  public static final TextEncoding UTF_8 = new TextEncoding("UTF-8");

  /** Checks that Java has it. */
  public TextEncoding {
    try {
      Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw new IllegalArgumentException(
          "Expected an encoding such as UTF-8, ISO-8859-1 or UTF-16 for data.encoding, found "
              + name,
          e);
    }
  }

  /**
   * The characters of a file.
   *
   * @param place how messages name it
   * @throws RecordException at the first byte that is not of this encoding, with what it may be
   */
  public String decode(byte[] bytes, String place) {
    if (name.equalsIgnoreCase(UTF_8.name)
        && (marked(bytes, 0xFE, 0xFF) || marked(bytes, 0xFF, 0xFE))) {
      throw fault(0, bytes, place);
    }
    CharsetDecoder decoder =
        Charset.forName(name)
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out =
        CharBuffer.allocate((int) Math.ceil(bytes.length * (double) decoder.maxCharsPerByte()));
    CoderResult result = decoder.decode(in, out, true);
    if (result.isUnderflow()) {
      result = decoder.flush(out);
    }
    if (result.isError()) {
      throw fault(in.position(), bytes, place);
    }
    String text = out.flip().toString();
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private RecordException fault(int at, byte[] bytes, String place) {
    return new RecordException(
        Kind.UNREADABLE,
        place
            + ": expected text in "
            + name
            + ", found byte 0x"
            + Integer.toHexString(bytes[at] & 0xFF)
            + " at offset "
            + at
            + "; it looks like "
            + guess(bytes)
            + ": data.encoding reads it");
  }

  private static boolean marked(byte[] bytes, int first, int second) {
    return bytes.length >= 2 && (bytes[0] & 0xFF) == first && (bytes[1] & 0xFF) == second;
  }

  /** Marks and zeros tell UTF-16; signs where Latin-1 has controls tell Windows' own. */
  private static String guess(byte[] bytes) {
    if (marked(bytes, 0xFE, 0xFF) || marked(bytes, 0xFF, 0xFE)) {
      return "UTF-16";
    }
    int[] zeros = new int[2];
    boolean controls = false;
    int looked = Math.min(bytes.length, 1 << 16);
    for (int i = 0; i < looked; i++) {
      int b = bytes[i] & 0xFF;
      zeros[i % 2] += b == 0 ? 1 : 0;
      controls |= b >= 0x80 && b < 0xA0;
    }
    if (Math.max(zeros[0], zeros[1]) > looked / 8) {
      return zeros[0] > zeros[1] ? "UTF-16BE" : "UTF-16LE";
    }
    return controls ? "windows-1252" : "ISO-8859-1";
  }
}
