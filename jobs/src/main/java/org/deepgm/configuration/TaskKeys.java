package org.deepgm.configuration;

import java.util.List;

/** What the configuration knows of a task: its name and its keys. */
public interface TaskKeys {
  /** Its name: {@code task = NAME}, and so in model files. */
  String name();

  /** The keys that only this task has. */
  List<Key> keys();

  /** Sections of the configuration that its training depends on, beside {@code training}. */
  List<String> sections();

  /** Its keys with their defaults, where they do not stand in reference.conf; else empty. */
  default String reference() {
    return "";
  }
}
