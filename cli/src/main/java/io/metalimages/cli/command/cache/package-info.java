/** {@code cache}: what the state directory holds, why, and whether it is whole. */
@NullMarked
package io.metalimages.cli.command.cache;

import org.jspecify.annotations.NullMarked;
