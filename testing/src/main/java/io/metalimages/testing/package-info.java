/**
 * What the tests of more than one module need: programs of this machine, and servers. No part of the program.
 *
 * <p>{@link io.metalimages.testing.Host} skips a test that this machine cannot run, {@link io.metalimages.testing.Command} runs
 * a program.
 */
@NullMarked
package io.metalimages.testing;

import org.jspecify.annotations.NullMarked;
