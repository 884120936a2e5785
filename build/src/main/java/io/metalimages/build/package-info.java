/** To be described. */
@NullMarked
package io.metalimages.build;

import org.jspecify.annotations.NullMarked;
