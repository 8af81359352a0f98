// Owns: what stands for ssh2's SFTP in the bundle: a class of which there is never an instance.
// Leaves: everything else to ssh2. Only `client.sftp()` makes one; elsewhere ssh2 asks whether a channel is one.

class SFTP {}

export const replacement = { SFTP };
