package org.deepgm.segmentation;

import java.io.Serializable;
import org.deepgm.image.Image;
import org.deepgm.image.LabelMap;
import org.deepgm.structure.Identified;

/**
 * An image with its gold labels.
 *
 * @param id relative path without ending
 * @param image the pixels
 * @param labels gold, of the same size
 * @param given the labels that it came with, of the same size, if they are to be used beside those
 *     that were spread from them; else null
 */
public record Example(String id, Image image, LabelMap labels, LabelMap given)
    implements Identified, Serializable {
  /** Labels as they came. */
  public Example(String id, Image image, LabelMap labels) {
    this(id, image, labels, null);
  }

  /** The same with the labels that it came with, where these are kept. */
  public Example asGiven() {
    return given == null ? this : new Example(id, image, given);
  }
}
