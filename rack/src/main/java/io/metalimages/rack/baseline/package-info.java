/**
 * How a booted system fares by rules that others have published: Lynis's tests, and a guide of OpenSCAP's.
 *
 * <p>{@code BaselineTools} brings the tools to a machine and runs them, {@code Measurement} is what they found, and {@code
 * WriteOffs} says which rules may fail, and why: every other one has to pass.
 *
 * <p>Nothing here is installed on the machine, and nothing there is changed by it.
 */
@NullMarked
package io.metalimages.rack.baseline;

import org.jspecify.annotations.NullMarked;
