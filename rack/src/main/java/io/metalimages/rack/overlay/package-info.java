/**
 * What a rack's fabric carries for a firewall: networks by VXLAN, and hosts in them for the firewall to stand between.
 *
 * <p>{@code Overlay} says which networks there are, {@code Vtep} has them on a switch, {@code Tenants} are their hosts, whose
 * connections tests look at. Nothing here starts a router, or knows how switches are connected.
 */
@NullMarked
package io.metalimages.rack.overlay;

import org.jspecify.annotations.NullMarked;
