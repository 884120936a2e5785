/**
 * Virtual machines: QEMU with its disks, network cards, firmware and serial console, and the way into the system by ssh.
 *
 * <p>A {@code Machine} runs from the moment it is switched on until it reboots or is switched off; a {@code TestMachine} is
 * one over its restarts. {@code AccelerationProbe} decides whether the processor runs the guest, which can't be known
 * before it has.
 *
 * <p>Nothing here knows what a machine is started for, what is on its disks, or where its network cards lead.
 */
@NullMarked
package io.metalimages.rack.machine;

import org.jspecify.annotations.NullMarked;
