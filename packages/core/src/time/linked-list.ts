/** What stands in a ring, between two others of its kind; in none where it has no next. */
export interface ListNode<Member> {
  previous: Member | undefined
  next: Member | undefined
}

/**
 * Makes a ring of its own ends: what stands before the first of those that will be put in and
 * behind the last.
 */
export function createList<Member extends ListNode<Member>>(ends: Member): void {
  ends.previous = ends
  ends.next = ends
}

/** Puts a member behind all others. */
export function appendToList<Member extends ListNode<Member>>(ends: Member, member: Member): void {
  const last = ends.previous!
  member.previous = last
  member.next = ends
  last.next = member
  ends.previous = member
}

/**
 * Takes a member out; afterwards it refers to no other, so that what lives long keeps nothing that
 * came later.
 */
export function removeFromList<Member extends ListNode<Member>>(member: Member): void {
  member.previous!.next = member.next
  member.next!.previous = member.previous
  member.previous = undefined
  member.next = undefined
}
