package org.deepgm.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.deepgm.fault.RecordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextEncodingTest {
  @ParameterizedTest
  @CsvSource({
    "ISO-8859-1, caf\u00e9, 0xe9 at offset 3; it looks like ISO-8859-1",
    "windows-1252, a\u2019s, 0x92 at offset 1; it looks like windows-1252",
    "UTF-16, abc, 0xfe at offset 0; it looks like UTF-16",
    "UTF-16LE, \u0142a\u015bka, ; it looks like UTF-16LE",
  })
  void otherBytesAreRefusedWithTheirPlaceAndRead(String name, String text, String message) {
    byte[] bytes = text.getBytes(Charset.forName(name));
    if (!name.equals("UTF-16LE")) {
      RecordException e =
          assertThrows(RecordException.class, () -> TextEncoding.UTF_8.decode(bytes, "a.txt"));
      assertTrue(e.getMessage().startsWith("a.txt: expected text in UTF-8, found byte "));
      assertTrue(e.getMessage().contains(message), e.getMessage());
    }
    assertEquals(text, new TextEncoding(name).decode(bytes, "a.txt"));
  }

  @Test
  void theByteOrderMarkIsDropped() {
    assertEquals(
        "x", TextEncoding.UTF_8.decode("\uFEFFx".getBytes(StandardCharsets.UTF_8), "a.txt"));
  }

  @Test
  void unknownEncodingsAreNamed() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new TextEncoding("UTF-9"));
    assertTrue(e.getMessage().endsWith("found UTF-9"), e.getMessage());
  }

  @Test
  void onlyBlanksAndTabsSeparate() {
    assertArrayEquals(
        new String[] {"a\u00A0b", "\u3000", "c"}, Blanks.split(" a\u00A0b\t\u3000  c\t"));
    assertEquals("\u3000x", Blanks.strip(" \u3000x\t"));
    assertTrue(Blanks.only(" \t"));
    assertTrue(!Blanks.only("\u00A0"));
  }
}
