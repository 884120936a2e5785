/**
 * Tests of images in a rack of their own: an image is burned, installed, booted and checked as on a real server.
 *
 * <p>This package puts together what its packages have, and says in which order things happen. Start reading at {@code
 * ImageTest}. Each of them uses those before it, never one behind it:
 *
 * <ul>
 *   <li>{@code machine}: a virtual machine, and the ways into it
 *   <li>{@code sandbox}: namespaces for a network of its own, that end with this program
 *   <li>{@code overlay}: the networks that a firewall stands between
 *   <li>{@code network}: what its network cards lead to
 *   <li>{@code provisioning}: how an image gets on its disks and is installed
 *   <li>{@code checks}: what is expected of it then, and how that came out
 * </ul>
 *
 * <p>Nothing here prints, or touches the disks, network devices or namespaces of the machine that it runs on.
 */
@NullMarked
package io.metalimages.rack;

import org.jspecify.annotations.NullMarked;
