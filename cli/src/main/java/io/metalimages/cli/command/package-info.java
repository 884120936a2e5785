/**
 * What commands have in common, and one package for each group of them: the command reads its options, its work does what they
 * say, its result is shown.
 *
 * <p>Start reading at {@link io.metalimages.cli.command.Command}.
 */
@NullMarked
package io.metalimages.cli.command;

import org.jspecify.annotations.NullMarked;
