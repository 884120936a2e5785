/** {@code check} and {@code diff}: what is read back from artifacts. */
@NullMarked
package io.metalimages.cli.command.check;

import org.jspecify.annotations.NullMarked;
