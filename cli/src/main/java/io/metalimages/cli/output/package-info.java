/**
 * What a command leaves behind: its results for people and programs, the problem that ended it, and an exit code.
 *
 * <p>Start reading at {@link io.metalimages.cli.output.Report}.
 */
@NullMarked
package io.metalimages.cli.output;

import org.jspecify.annotations.NullMarked;
