/**
 * How an image gets on a machine's disks, as metal-hammer does it.
 *
 * <p>A {@code Hammer} boots in a machine with blank disks. It does a {@code HammerTask}: divides the disks as a {@code
 * Layout} says, burns the image, hands an {@code Allocation} to the image's installer, and starts the system. {@code
 * RescueShell} has an image burned without a machine.
 *
 * <p>Nothing here says what is tested, or looks into a system that has booted.
 */
@NullMarked
package io.metalimages.rack.provisioning;

import org.jspecify.annotations.NullMarked;
