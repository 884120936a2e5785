/** {@code test} and {@code shell}: images on virtual machines, and from within. */
@NullMarked
package io.metalimages.cli.command.test;

import org.jspecify.annotations.NullMarked;
