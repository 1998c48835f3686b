package org.deepgm.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of the library, from the manifest of its jar. */
final class Version implements IVersionProvider {
  /** Such as 0.1.0. */
  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"deepgm " + text()};
  }
}
