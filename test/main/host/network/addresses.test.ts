import { expect, test } from 'vitest';
import { createDoneWithout } from '../../../../src/main/host/done-without.ts';
import { addressReader, parseFibTrie, parseInet6 } from '../../../../src/main/host/network/addresses.ts';

const TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
        +-- 192.0.2.0/30 2 0 2
           |-- 192.0.2.0
              /24 link UNICAST
           |-- 192.0.2.2
              /32 host LOCAL
Local:
           |-- 192.0.2.2
              /32 host LOCAL
`;
const INET6 = `20010db8000000000000000000000002 04 40 00 82     eth0
fe8000000000000000fc00fffe000001 04 40 20 80     eth0
00000000000000000000000000000001 01 80 10 80       lo
`;
const address = (at: string, name: string, isOfNoNetwork: boolean) => ({ at, interface: name, isOfNoNetwork });
const OF_PROC = [
  address('127.0.0.1', '', true),
  address('192.0.2.2', '', false),
  address('20010db8000000000000000000000002', 'eth0', false),
  address('fe8000000000000000fc00fffe000001', 'eth0', true),
  address('00000000000000000000000000000001', 'lo', true),
];

test('the kernel’s own tables tell this machine’s addresses', () => {
  expect([...parseFibTrie(TRIE), ...parseInet6(INET6)]).toEqual(OF_PROC);
  expect([...parseFibTrie('nonsense\n|-- \n'), ...parseInet6('nonsense\n\n')]).toEqual([]);
});

test('this machine’s are read, each with its interface', () => {
  const without = createDoneWithout(expect.unreachable);
  expect(addressReader(without)()).toContainEqual(address('127.0.0.1', 'lo', true));
});

test('where the system refuses to tell, that is told once, made up for, and told again when it is over', () => {
  const said: string[] = [];
  let changes = 0;
  let refuses = true;
  let hidden = false;
  const without = createDoneWithout((text) => said.push(text));
  without.onChange(() => {
    changes += 1;
  });
  const refusal = 'A system error occurred: uv_interface_addresses returned Unknown system error 13';
  const read = addressReader(without, {
    interfaces: () => {
      if (refuses) throw new Error(refusal);
      return {};
    },
    read: (file) => {
      if (hidden) throw new Error('ENOENT');
      return file.endsWith('fib_trie') ? TRIE : INET6;
    },
  });
  expect([read(), read()]).toEqual([OF_PROC, OF_PROC]);
  expect(said).toEqual(["the system does not tell of the network's interfaces (error 13): read in /proc/net instead"]);
  expect([without.now(), changes]).toEqual([said, 1]);
  hidden = true;
  expect([read(), read()]).toEqual([undefined, undefined]);
  expect(said).toHaveLength(2);
  refuses = false;
  expect(read()).toEqual([]);
  expect([said.at(-1), without.now()]).toEqual([`no longer so: ${said[1]}`, []]);
});
