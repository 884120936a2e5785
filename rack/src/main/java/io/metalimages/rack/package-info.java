/**
 * Virtual machines in a rack of their own: an image is burned, installed, booted and checked as on a real server.
 *
 * <p>A {@code Machine} boots the hammer with blank disks, which does what metal-hammer does; then the
 * installed system, by kexec and from its disk. Its network cards lead to the two leaf switches of a
 * {@code Fabric}. Everything lives in an {@code Enclosure}, with which it ends.
 * Start reading at {@code ImageTest}, which tells the order of events.
 *
 * <p>This package never prints, and never touches the disks, network devices or name spaces of the machine that it runs on.
 */
@NullMarked
package io.metalimages.rack;

import org.jspecify.annotations.NullMarked;
