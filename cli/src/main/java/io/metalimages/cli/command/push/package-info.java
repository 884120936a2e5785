/** {@code push}: images in registries, and the tags that a release gives them there. */
@NullMarked
package io.metalimages.cli.command.push;

import org.jspecify.annotations.NullMarked;
