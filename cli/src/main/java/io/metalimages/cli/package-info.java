/** To be described. */
@NullMarked
package io.metalimages.cli;

import org.jspecify.annotations.NullMarked;
