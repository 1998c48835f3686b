package org.deepgm.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.deepgm.text.Printed;

/**
 * A stream of text for people: names, classes and texts that come from data cannot move the cursor,
 * turn the direction of writing or hide what stands before them.
 */
final class Terminal extends PrintStream {
  /** A stream over another, in UTF-8. */
  Terminal(OutputStream out) {
    super(out, true, StandardCharsets.UTF_8);
  }

  @Override
  public void print(String text) {
    super.print(Printed.shown(text));
  }

  @Override
  public void println(String text) {
    super.println(Printed.shown(text));
  }

  @Override
  public void print(Object value) {
    print(String.valueOf(value));
  }

  @Override
  public void println(Object value) {
    println(String.valueOf(value));
  }
}
