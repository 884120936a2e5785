/**
 * The expansion of variables, quotes and escapes in the words of an instruction.
 *
 * <p>Knows no instruction. Start reading at {@link io.metalimages.dockerfile.words.WordExpander}.
 */
@NullMarked
package io.metalimages.dockerfile.words;

import org.jspecify.annotations.NullMarked;
