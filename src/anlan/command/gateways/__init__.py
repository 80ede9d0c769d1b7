"""How reports of other systems come to the duty desk: a door for programs, a mailbox, a folder. All end as one `Incoming`."""

#: May put a report of another system into the queue of the desk; carried by access tokens.
DELIVER = "command.incoming.deliver"
