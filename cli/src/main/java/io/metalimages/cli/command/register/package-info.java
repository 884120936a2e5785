/** {@code register}: images of a store as metal-api has them; and which metal-api that is, for all commands. */
@NullMarked
package io.metalimages.cli.command.register;

import org.jspecify.annotations.NullMarked;
