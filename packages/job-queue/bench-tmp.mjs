import {startEmbeddedRedis,connectRedis} from '@infermesh/redis';
import {createLogger} from '@infermesh/telemetry';
import {defineCall} from '@infermesh/contracts';
import {createJobQueue,handle} from './dist/index.js';
import {Queue,Worker} from 'bullmq'; import {z} from 'zod';
import os from 'node:os'; import fs from 'node:fs';
const folder=fs.mkdtempSync(os.tmpdir()+'/bq-');
const logger=createLogger({service:'bench',level:process.env.LOG??'warn'});
const r=await startEmbeddedRedis({folder,logger});
const echo=defineCall({name:'bench.echo',queue:'bench',version:1,request:z.object({n:z.number(),text:z.string()}),response:z.object({n:z.number()})});
const q=x=>{x.sort((a,b)=>a-b);return `p50 ${x[x.length>>1].toFixed(3)} p99 ${x[Math.floor(x.length*.99)].toFixed(3)}`};
async function drive(n,c,f){const lat=[];let i=0;const t=performance.now();const u=process.cpuUsage();await Promise.all(Array.from({length:c},async()=>{while(i<n){const k=i++;const s=performance.now();await f(k);lat.push(performance.now()-s)}}));const s=(performance.now()-t)/1000;const v=process.cpuUsage(u);return `cpu ${((v.user+v.system)/n).toFixed(0)}us/op ${(n/s).toFixed(0)}/s ${q(lat)}`;}
const bare=async(conc)=>{ const conn=connectRedis({url:r.url,purpose:'blocking',name:'b'}); const Q=new Queue('bare',{connection:conn,prefix:'{bare}'});const waiting=new Map();
 const w=new Worker('bare',async j=>{const f=waiting.get(j.data.n);return {n:j.data.n}},{connection:conn,prefix:'{bare}',concurrency:conc,removeOnComplete:{count:0}});
 w.on('completed',(j)=>{waiting.get(j.data.n)?.();waiting.delete(j.data.n)});await w.waitUntilReady();
 let id=0;const f=()=>new Promise((res,rej)=>{const n=id++;waiting.set(n,res);Q.add('x',{n,text:'hello'},{removeOnComplete:true,removeOnFail:true}).catch(rej)});
 return {f,close:async()=>{await w.close();await Q.close();conn.disconnect()}}};
const mk=async(conc)=>{const s=createJobQueue({redisUrl:r.url,service:'srv',logger});const c=createJobQueue({redisUrl:r.url,service:'cli',logger});
 const sv=await s.serve('bench',[handle(echo,async({n})=>({n}))],{concurrency:conc,stopGraceMs:1000});
 return {f:(k)=>c.call(echo,{n:k,text:'hello'},{deadlineAt:Date.now()+20000}),close:async()=>{await c[Symbol.asyncDispose]();await s[Symbol.asyncDispose]()}}};
const A=await bare(64),B=await mk(64);
console.log('load',os.loadavg());
await drive(500,16,A.f);await drive(500,16,B.f);
for(let k=0;k<Number(process.env.N??3);k++){console.log('bare c1 ',await drive(800,1,A.f));console.log('call c1 ',await drive(800,1,B.f));
console.log('bare c64',await drive(12000,64,A.f));console.log('call c64',await drive(12000,64,B.f));}
await A.close();await B.close();await r[Symbol.asyncDispose]();fs.rmSync(folder,{recursive:true});
