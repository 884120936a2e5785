/** To be described. */
@NullMarked
package io.metalimages.artifact;

import org.jspecify.annotations.NullMarked;
