/** To be described. */
@NullMarked
package io.metalimages.dockerfile;

import org.jspecify.annotations.NullMarked;
