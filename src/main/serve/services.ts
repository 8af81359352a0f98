// Owns: all networks that this repository is served on: which of them, begun and ended with the config; what is told to all.
// Leaves: one network's life (service.ts), and who gives the orders (main/supervisor).
import { createOffers, type OffersTools } from './offers.ts';
import type { ServedNetworks } from './served-networks.ts';
import { createService } from './service.ts';
import type { Service, ServiceTools } from './service-tools.ts';

export interface ServicesTools extends Omit<ServiceTools, 'gone'> {
  readonly lookUp: OffersTools['lookUp'];
  /** By their names, as the config has it now. */
  readonly networks: () => readonly string[];
  /** It will not be served again: its place in a thread is free. */
  readonly forget: (network: string) => void;
}

export function createServices(tools: ServicesTools): ServedNetworks {
  const services = new Map<string, Service>();
  const whenGone: (() => void)[] = [];
  const gone = (network: string): void => {
    services.delete(network);
    tools.forget(network);
    tools.statusChanged();
    if (services.size === 0) for (const tell of whenGone.splice(0)) tell();
  };
  const add = (network: string): void => {
    const service = createService(network, { ...tools, gone });
    services.set(network, service);
    service.want();
  };
  /** Of a copy: whoever is asked may be gone by that. */
  const each = (act: (service: Service) => void): void => {
    for (const service of [...services.values()]) act(service);
  };
  const listening = (): Service[] => [...services.values()].filter((service) => service.isListening());
  const offer = createOffers({
    lookUp: tools.lookUp,
    isHeard: () => listening().length > 0,
    tell: ({ refs, objects }) => {
      for (const service of listening()) service.offer(refs, objects);
    },
    log: (text) => tools.log('all', text),
  });
  /** One that is on its way out is in `services`, too. */
  const eachWanted = (act: (service: Service) => void): void => {
    const networks = tools.networks();
    each((service) => networks.includes(service.network) && act(service));
  };
  return {
    configured: (isAsked) => {
      const networks = tools.networks();
      for (const [network, service] of [...services]) if (!networks.includes(network)) service.remove('kindly');
      for (const network of networks) {
        const known = services.get(network);
        if (known) known.configured(isAsked);
        else add(network);
      }
    },
    resume: () => eachWanted((service) => service.want()),
    hold: (how) => each((service) => service.hold(how)),
    wake: () => eachWanted((service) => service.wake()),
    changed: offer,
    remove: (how) => each((service) => service.remove(how)),
    gone: () =>
      new Promise((resolve) => {
        if (services.size === 0) resolve();
        else whenGone.push(resolve);
      }),
    statuses: () => [...services.values()].map((service) => service.status(tools.held())),
    describe: () => [...services].map(([network, service]) => ({ network, lines: service.describe() })),
  };
}
