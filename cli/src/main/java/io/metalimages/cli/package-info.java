/**
 * The command line: commands, progress, exit codes. The only package that prints.
 *
 * <p>Progress and problems go to standard error, results to standard output, and nothing is written to either except from
 * here. The package never decides what a build does; it asks the other packages and tells what came of it. Start reading
 * at {@link io.metalimages.cli.Main}, then {@link io.metalimages.cli.command.build.BuildWork}; what is seen on a terminal begins at
 * {@link io.metalimages.cli.display.LiveFrame}, and all that can go wrong ends at {@link io.metalimages.cli.output.Problem}.
 */
@NullMarked
package io.metalimages.cli;

import org.jspecify.annotations.NullMarked;
