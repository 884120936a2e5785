/**
 * What is seen of the work while it goes on: a live view on a terminal, plain lines elsewhere. {@link
 * io.metalimages.cli.display.CommandContext} is what a command finds around it.
 *
 * <p>Start reading at {@link io.metalimages.cli.display.Display}.
 */
@NullMarked
package io.metalimages.cli.display;

import org.jspecify.annotations.NullMarked;
