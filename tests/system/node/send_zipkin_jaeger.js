// Sends one trace with Jaeger's or Zipkin's own client and prints its id:
// node send_zipkin_jaeger.js jaeger-http|jaeger-udp|zipkin WHERE
// The trace: a server span "checkout" with tags and an event, and its client child "charge".
'use strict';

const HTTPSender = require('jaeger-client/dist/src/reporters/http_sender').default;
const UDPSender = require('jaeger-client/dist/src/reporters/udp_sender').default;

const wait = (start) => new Promise((resolve) => start(resolve));

async function sendJaeger(sender) {
  const { ConstSampler, RemoteReporter, Tracer } = require('jaeger-client');
  const reporter = new RemoteReporter(sender, { bufferFlushInterval: 10 });
  const tracer = new Tracer('node-jaeger', reporter, new ConstSampler(true), {
    tags: { zone: 'a' },
  });
  const root = tracer.startSpan('checkout', {
    tags: {
      'span.kind': 'server',
      text: 'täxt',
      whole: 42,
      fraction: 0.5,
      yes: true,
      error: true,
    },
  });
  tracer.startSpan('charge', { childOf: root, tags: { 'span.kind': 'client' } }).finish();
  root.log({ event: 'declined', card: 'visa' });
  root.finish();
  await wait((done) => tracer.close(done));
  return root.context().traceIdStr;
}

async function sendZipkin(endpoint) {
  const { Annotation, BatchRecorder, ExplicitContext, Tracer, jsonEncoder } = require('zipkin');
  const { HttpLogger } = require('zipkin-transport-http');
  const logger = new HttpLogger({
    endpoint,
    jsonEncoder: jsonEncoder.JSON_V2,
    httpInterval: 10,
    timeout: 5000,
  });
  const sent = wait((resolve) => logger.on('success', resolve));
  const context = new ExplicitContext();
  const tracer = new Tracer({
    ctxImpl: context,
    recorder: new BatchRecorder({ logger }),
    localServiceName: 'node-zipkin',
    traceId128Bit: true,
  });
  const id = tracer.createRootId();
  tracer.letId(id, () => {
    tracer.recordServiceName('node-zipkin');
    tracer.recordRpc('checkout');
    tracer.recordBinary('text', 'täxt');
    tracer.recordBinary('error', 'card declined');
    tracer.recordAnnotation(new Annotation.ServerRecv());
    tracer.letId(tracer.createChildId(), () => {
      tracer.recordServiceName('node-zipkin');
      tracer.recordRpc('charge');
      tracer.recordAnnotation(new Annotation.ClientSend());
      tracer.recordAnnotation(new Annotation.ClientRecv());
    });
    tracer.recordMessage('declined');
    tracer.recordAnnotation(new Annotation.ServerSend());
  });
  const awake = setInterval(() => {}, 1000);  // the logger's timer lets the process end
  await sent;
  clearInterval(awake);
  return id.traceId;
}

async function main([client, where]) {
  const [host, port] = where.split(':');
  if (client === 'jaeger-http') console.log(await sendJaeger(new HTTPSender({ endpoint: where })));
  if (client === 'jaeger-udp') {
    console.log(await sendJaeger(new UDPSender({ host, port: Number(port) })));
  }
  if (client === 'zipkin') console.log(await sendZipkin(where));
  process.exit(0);
}

main(process.argv.slice(2));
