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
 */
public record Example(String id, Image image, LabelMap labels)
    implements Identified, Serializable {}
