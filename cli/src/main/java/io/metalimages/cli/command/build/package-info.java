/** {@code build}, {@code list} and {@code new}: definitions, and the images that they become. */
@NullMarked
package io.metalimages.cli.command.build;

import org.jspecify.annotations.NullMarked;
