/** {@code sign} and {@code verify}: who made an image, and whether it is as it was made. */
@NullMarked
package io.metalimages.cli.command.sign;

import org.jspecify.annotations.NullMarked;
